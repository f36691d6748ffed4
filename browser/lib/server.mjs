// The server under test: `countersign dev` on a free port, with a folder and a directory of its own.

import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const READY_SECONDS_MAX = 30;
const STOP_SECONDS_MAX = 30;

/** Starts the server and waits until it is ready; `dev` is what its `dev.json` says. */
export async function startServer(directory = new URL("../directory.yaml", import.meta.url)) {
  const data = mkdtempSync(join(tmpdir(), "countersign-browser-"));
  const child = spawn(
    binary(),
    ["dev", "--listen", "127.0.0.1:0", "--data", data, "--directory", fileURLToPath(directory)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const killAtExit = () => child.kill("SIGKILL");
  process.on("exit", killAtExit);
  const ended = new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal ?? code));
  });
  const log = [];
  // Both pipes are read to their end, so that the server never waits for a full one.
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const output = createInterface({ input: child.stdout });
  output.on("line", (line) => log.push(line));
  const fail = (what) => new Error(`${what}\n${log.slice(-20).join("\n")}`);

  const first = await Promise.race([
    new Promise((resolve) => output.once("line", resolve)),
    ended.then((status) => Promise.reject(fail(`the server ended with ${status}`))),
    timeLimit(READY_SECONDS_MAX, () => fail("the server did not say that it was ready")),
  ]);
  const baseUrl = /^ready (https:\/\/\S+)$/.exec(first)?.[1];
  if (baseUrl === undefined) {
    throw fail(`the first line is \`${first}\`, not \`ready https://HOST:PORT\``);
  }
  return {
    baseUrl,
    /** What the server said so far, of both streams. */
    log,
    /** Runs another command on the server's data; its standard output. */
    async command(...words) {
      const { stdout } = await promisify(execFile)(binary(), [...words, "--data", data]);
      return stdout;
    },
    dev: JSON.parse(readFileSync(join(data, "dev.json"), "utf8")),
    /** SIGTERM must end it with status 0. */
    async stop() {
      child.kill("SIGTERM");
      const limit = timeLimit(STOP_SECONDS_MAX, () => fail("the server ran on after SIGTERM"));
      const status = await Promise.race([ended, limit]);
      process.off("exit", killAtExit);
      if (status !== 0) {
        throw fail(`after SIGTERM the server ended with ${status}`);
      }
      rmSync(data, { recursive: true });
    },
  };
}

function binary() {
  const path = process.env.COUNTERSIGN_BINARY;
  if (path === undefined) {
    throw new Error("COUNTERSIGN_BINARY is not set: build `countersign` and name it there");
  }
  return path;
}

function timeLimit(seconds, error) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(error()), seconds * 1000).unref();
  });
}
