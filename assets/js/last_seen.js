// The last message in view: its end, or half a window of it, is visible.
import { NEAR_BOTTOM, idOf, messagesIn, newestIn, room } from "./room.js";
import { lastBeforeGap } from "./unread_pill.js";

const { list, scroller } = room;

/** Id of the last message in view, or 0. In a list with a gap, reading ends at the gap. */
export function lastSeen() {
  const { bottom, height } = scroller.getBoundingClientRect();
  const isInSight = (message) => {
    const at = message.getBoundingClientRect();
    return at.top < bottom - Math.min(at.height, height / 2) + 1;
  };
  const seen = scroller.scrollTop > -NEAR_BOTTOM ? newestIn(list) : messagesIn(list).findLast(isInSight);
  return seen ? Math.min(...[seen, lastBeforeGap()].filter(Boolean).map(idOf)) : 0;
}
