// Shows in the title of a hidden tab how many messages have come.
(() => {
  const room = document.getElementById("room");
  if (!room) return;
  const title = document.title;
  let unread = 0;

  document.addEventListener("chat:arrived", ({ detail }) => {
    if (!document.hidden) return;
    unread += detail.fresh.filter((message) => message.dataset.author !== room.dataset.user).length;
    if (unread) document.title = `(${unread}) ${title}`;
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unread = 0;
    document.title = title;
  });
})();
