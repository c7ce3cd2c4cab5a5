// The badge of the room itself, which the server sends when the user reads: while the room is not being read, it is
// asked for.
import { messagesArrived } from "./events.js";
import { idOf, newestIn, room } from "./room.js";

const INTERVAL = 1000;
let timer = 0;

function ask() {
  timer = 0;
  const newest = newestIn(room.list);
  if (newest && idOf(newest) > Number(room.list.dataset.read)) room.send({ type: "badges" });
}

if (room.isLive) messagesArrived.on(() => (timer ||= setTimeout(ask, INTERVAL)));
