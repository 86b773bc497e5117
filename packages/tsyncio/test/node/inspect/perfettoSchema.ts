/**
 * The part of Perfetto's schema that a trace of ours uses: the names, numbers and types of fields that Perfetto
 * publishes in protos/perfetto/trace/{trace,trace_packet}.proto and protos/perfetto/trace/track_event/*.proto of
 * github.com/google/perfetto, as a descriptor of protobufjs. What is in a file and not in here would be skipped by a
 * decoder, so the test also encodes again and compares.
 */

import protobuf from "protobufjs";

type Fields = Record<string, readonly [type: string, id: number, rule?: "repeated"]>;

const message = (fields: Fields, nested?: Record<string, unknown>) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [type, id, rule]]) => [
      name,
      rule === undefined ? { type, id } : { type, id, rule, options: { packed: false } }, // proto2
    ]),
  ),
  ...(nested === undefined ? {} : { nested }),
});

const root = protobuf.Root.fromJSON({
  nested: {
    Trace: message({ packet: ["TracePacket", 1, "repeated"] }),
    TracePacket: message({
      timestamp: ["uint64", 8],
      trustedPacketSequenceId: ["uint32", 10],
      trackEvent: ["TrackEvent", 11],
      trackDescriptor: ["TrackDescriptor", 60],
    }),
    TrackDescriptor: message({
      uuid: ["uint64", 1],
      name: ["string", 2],
      process: ["ProcessDescriptor", 3],
      thread: ["ThreadDescriptor", 4],
      parentUuid: ["uint64", 5],
    }),
    ProcessDescriptor: message({ pid: ["int32", 1], processName: ["string", 6] }),
    ThreadDescriptor: message({ pid: ["int32", 1], tid: ["int32", 2], threadName: ["string", 5] }),
    TrackEvent: message(
      {
        debugAnnotations: ["DebugAnnotation", 4, "repeated"],
        type: ["Type", 9],
        trackUuid: ["uint64", 11],
        categories: ["string", 22, "repeated"],
        name: ["string", 23],
        flowIds: ["fixed64", 47, "repeated"],
        terminatingFlowIds: ["fixed64", 48, "repeated"],
      },
      { Type: { values: { TYPE_UNSPECIFIED: 0, TYPE_SLICE_BEGIN: 1, TYPE_SLICE_END: 2, TYPE_INSTANT: 3 } } },
    ),
    DebugAnnotation: message({ stringValue: ["string", 6], name: ["string", 10] }),
  },
} as protobuf.INamespace);

export interface TrackEvent {
  readonly type: "TYPE_SLICE_BEGIN" | "TYPE_SLICE_END" | "TYPE_INSTANT";
  readonly trackUuid: number;
  readonly name?: string;
  readonly flowIds?: readonly number[];
  readonly terminatingFlowIds?: readonly number[];
  readonly debugAnnotations?: readonly { readonly name: string; readonly stringValue: string }[];
}

export interface TrackDescriptor {
  readonly uuid: number;
  readonly name?: string;
  readonly parentUuid?: number;
  readonly process?: { readonly pid: number; readonly processName: string };
  readonly thread?: { readonly pid: number; readonly tid: number; readonly threadName: string };
}

export interface TracePacket {
  readonly timestamp?: number;
  readonly trackEvent?: TrackEvent;
  readonly trackDescriptor?: TrackDescriptor;
}

/** @throws {Error} The bytes are no trace, or one with fields that are not in the schema. */
export function decodeTrace(bytes: Uint8Array): TracePacket[] {
  const Trace = root.lookupType("Trace");
  const trace = Trace.decode(bytes);
  const again = Trace.encode(trace).finish();
  if (again.length !== bytes.length) throw new Error(`${bytes.length - again.length} bytes are of unknown fields`);
  const plain = Trace.toObject(trace, { longs: Number, enums: String }) as { packet: TracePacket[] };
  return plain.packet;
}
