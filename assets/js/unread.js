// Shows in the title what calls: messages that came while the tab was hidden, and what was said to the reader elsewhere.
(() => {
  const room = document.getElementById("room");
  const rail = document.getElementById("rail");
  if (!rail) return;
  const title = document.title;
  let missed = 0;

  function calls() {
    const badges = rail.querySelectorAll("a:not([aria-current]) .badge--loud");
    return [...badges].reduce((sum, badge) => sum + (parseInt(badge.textContent.replace("@", ""), 10) || 0), 0);
  }

  function show() {
    const count = missed + calls();
    document.title = count ? `(${count}) ${title}` : title;
  }

  document.addEventListener("chat:arrived", ({ detail }) => {
    if (!document.hidden) return;
    missed += detail.fresh.filter((message) => message.dataset.author !== room.dataset.user).length;
    show();
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    missed = 0;
    show();
  });

  new MutationObserver(show).observe(rail, { childList: true, subtree: true });
  show();
})();
