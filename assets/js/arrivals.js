// What comes in: drops messages that stand here already, remembers how far the page has got, and tells the other scripts.
// Says "chat:arrived" with { fresh, all }: the messages that are new in the room's list, and all that a frame carried.
// Says "chat:anew" when the whole list was replaced, and "chat:missed" when answers in threads may have been left out.
(() => {
  const room = document.getElementById("room");
  const list = document.getElementById("messages");
  if (!list) return;

  const revOf = (element) => Number(element.dataset.rev);

  // The answer to a repeated send stands outside the order of the room: what came before it may still be missing here.
  const outOfOrder = (task, article) =>
    task.swapSpec.style !== "beforeend" &&
    document.querySelector(`.pending[data-client="${CSS.escape(article.dataset.client)}"]`);

  function advance(task, article) {
    if (revOf(article) > revOf(list) && !outOfOrder(task, article)) list.dataset.rev = article.dataset.rev;
  }

  function withoutDay(article) {
    const before = article.previousElementSibling;
    if (before?.matches(".day")) before.remove();
    article.remove();
  }

  // The newest page comes in the place of the list: its rev may be lower, too, when the server went back to a backup.
  const isAnew = (task) => task.target === list && task.swapSpec.style === "innerHTML";

  function beginAnew(task) {
    list.dataset.rev = Math.max(0, ...[...task.fragment.querySelectorAll(".message")].map(revOf));
    delete list.dataset.detached;
  }

  // Takes from a task what must not be put on the page, and returns what is new in the list.
  function sift(task, live) {
    const fresh = [];
    const goes = (here) => task.swapSpec.style === "innerHTML" && task.target?.contains(here);
    if (live && isAnew(task)) beginAnew(task);
    for (const article of task.fragment.querySelectorAll(".message")) {
      const here = document.getElementById(article.id);
      if (live) advance(task, article);
      if (task.swapSpec.style === "outerHTML" && task.target === here) {
        if (here && revOf(here) > revOf(article)) task.target = null;
      } else if (here) {
        if (!goes(here)) withoutDay(article);
      } else if (task.target === list) {
        fresh.push(article);
      }
    }
    if (live && task.target === list && "detached" in list.dataset) task.target = null;
    return fresh;
  }

  const say = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    const live = ctx.sourceElement === room;
    const all = tasks.flatMap((task) => [...task.fragment.querySelectorAll(".message")]);
    ctx.anew = live && tasks.some(isAnew);
    ctx.missed = ctx.anew || (live && tasks.some((task) => task.fragment.querySelector(".gap")));
    const fresh = tasks.flatMap((task) => sift(task, live));
    if (live && all.length) ctx.arrived = { fresh, all };
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.anew) say("chat:anew");
    if (ctx.arrived) say("chat:arrived", ctx.arrived);
    if (ctx.missed) say("chat:missed");
  });
})();
