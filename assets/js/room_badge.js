// The sidebar badge of this room. The server sends it when the user reads; while the user does not, this script
// requests it after new messages.
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
