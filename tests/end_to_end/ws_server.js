// Servers written with npm's `ws` and `socket.io`, for the tests: prints their ports on one line
// and ends when its standard input does.
const { WebSocketServer } = require("ws");
const { createServer } = require("http");
const { Server } = require("socket.io");

const plain = new WebSocketServer({
  port: 0,
  host: "127.0.0.1",
  perMessageDeflate: { threshold: 0 },
  handleProtocols: (offered) => (offered.has("chat.v2") ? "chat.v2" : false),
});
plain.on("connection", (client) => {
  client.on("message", (data, isBinary) => {
    const text = data.toString();
    if (!isBinary && text === "close") client.close(4001, "bye");
    else if (!isBinary && text === "ping") client.ping("from ws");
    else if (!isBinary && text === "fragments") {
      client.send("one ", { fin: false });
      client.send("two ", { fin: false });
      client.send("three", { fin: true });
    } else client.send(data, { binary: isBinary });
  });
});

const http = createServer();
const io = new Server(http, { pingInterval: 200, transports: ["websocket"] });
io.on("connection", (socket) => socket.on("hello", (word) => socket.emit("echo", word)));
http.listen(0, "127.0.0.1", () =>
  console.log(`${plain.address().port} ${http.address().port}`)
);
process.stdin.on("end", () => process.exit(0)).resume();
