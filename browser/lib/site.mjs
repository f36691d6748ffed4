// Web sites of other people, on `localhost`.

import { createServer } from "node:http";
import { once } from "node:events";

/** Serves `pages`, HTML by path, and remembers each request in `visits`. */
export async function startSite(pages, headers = {}) {
  const visits = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    visits.push({ method: request.method, url, headers: request.headers });
    const html = url.pathname === "/favicon.ico" ? "" : pages[url.pathname];
    response.writeHead(html === undefined ? 404 : 200, {
      "content-type": "text/html; charset=utf-8",
      ...headers,
    });
    response.end(html ?? "not found");
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  return {
    origin: `http://localhost:${server.address().port}`,
    visits,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
