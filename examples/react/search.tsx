"use tsyncio";
/** A search as you type: the next key cancels the request of the one before, down to the connection. */

import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { sleep, taskSignal } from "tsyncio";
import { useTask } from "tsyncio/react";

interface Found {
  readonly name: string;
  readonly what: string;
}

async function find(text: string): Promise<Found[]> {
  if (text === "") return [];
  await sleep(0.3); // cancelled here as long as keys come
  const response = await fetch(`/api/search?q=${encodeURIComponent(text)}`, { signal: taskSignal() });
  if (!response.ok) throw new Error(`The server says ${response.status}.`);
  return await response.json();
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function Search() {
  const [text, setText] = useState("");
  const { run, state, value = [], error } = useTask(find);
  return (
    <>
      <h1>Functions of asyncio</h1>
      <input
        type="search"
        aria-label="Search"
        placeholder="queue, task, …"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          run(target.value.trim());
        }}
      />
      <p role="status">
        {state === "running" ? "Searching …" : state === "done" && text !== "" && `${value.length} found`}
      </p>
      {state === "failed" && <p role="alert">{messageOf(error)}</p>}
      <ul>
        {(state === "failed" ? [] : value).map(({ name, what }) => (
          <li key={name}>
            <b>{name}</b> {what}
          </li>
        ))}
      </ul>
    </>
  );
}

const app = document.getElementById("app");
if (app !== null) {
  createRoot(app).render(
    <StrictMode>
      <Search />
    </StrictMode>,
  );
}
