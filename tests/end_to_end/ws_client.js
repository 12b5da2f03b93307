// A client written with npm's `ws`, for the tests: goes through its paces with the uri given as its
// argument and prints what came, one JSON object.
const { WebSocket } = require("ws");

const came = [];
const socket = new WebSocket(process.argv[2], ["chat.v1", "chat.v2"], {
  origin: "https://app.example",
  headers: { "X-Color": "green" },
  perMessageDeflate: { threshold: 0 },
});
socket.on("open", () => {
  socket.send("grüß dich");
  socket.send(Buffer.from([0, 255, 1]));
  socket.send("one ", { fin: false });
  socket.send("two", { fin: true });
  socket.send("x".repeat(100000));
  socket.ping("are you there");
});
socket.on("message", (data, isBinary) => {
  came.push(isBinary ? data.toString("hex") : data.toString());
  if (came.length === 4) socket.close(4001, "bye");
});
let pong = null;
socket.on("pong", (data) => (pong = data.toString()));
socket.on("error", (error) => console.error(error.message));
socket.on("close", (code, reason) => {
  const { protocol, extensions } = socket;
  console.log(
    JSON.stringify({ came, pong, code, reason: reason.toString(), protocol, extensions })
  );
});
