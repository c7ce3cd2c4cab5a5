// What comes in: drops messages that stand here already, remembers how far the page has got, and tells the other scripts.
// Says "chat:arrived" with { fresh, all }: the messages that are new here, and all that a frame carried.
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

  // Takes from a task what must not be put on the page, and returns what is new.
  function sift(task, live) {
    const fresh = [];
    for (const article of task.fragment.querySelectorAll(".message")) {
      const here = document.getElementById(article.id);
      if (live) advance(task, article);
      if (task.swapSpec.style === "outerHTML" && task.target === here) {
        if (here && revOf(here) > revOf(article)) task.target = null;
      } else if (here) {
        withoutDay(article);
      } else {
        fresh.push(article);
      }
    }
    if (live && task.target === list && "detached" in list.dataset) task.target = null;
    return fresh;
  }

  document.addEventListener("htmx:before:swap", ({ detail: { ctx, tasks } }) => {
    const live = ctx.sourceElement === room;
    const all = tasks.flatMap((task) => [...task.fragment.querySelectorAll(".message")]);
    const fresh = tasks.flatMap((task) => sift(task, live));
    if (live && all.length) ctx.arrived = { fresh, all };
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    if (ctx.arrived) document.dispatchEvent(new CustomEvent("chat:arrived", { detail: ctx.arrived }));
  });
})();
