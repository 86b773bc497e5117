/** The classes of errors that programs raise and tsyncio has no use for. */

import { LookupError } from "tsyncio";

export class PlainBaseException extends Error {}
export class PlainException extends Error {}
export class IndexError extends LookupError {}
export class ZeroDivisionError extends Error {}
export class ErrA extends Error {}
export class ErrB extends ErrA {}
