// The answers beside the room: stay at their foot, come in order, load older ones, and are read anew when some were missed.
(() => {
  const side = document.getElementById("side");
  const list = document.getElementById("messages");
  if (!side) return;

  const NEAR = 100;
  const TRIES = 3;
  let height = 0;
  let tries = 0;

  const thread = () => side.querySelector(".thread");
  const scroller = () => side.querySelector(".thread__scroll");
  const answers = () => side.querySelector(".thread__answers");
  const isNew = (node) => !node.matches(".message") || !document.getElementById(node.id);

  async function fetchSide(address) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  // Laid out from the foot up, as the room is: 0 is the foot. What comes below must not move what is read.
  function hold(records) {
    const area = scroller();
    const below = records.some(({ addedNodes }) => [...addedNodes].includes(answers()?.lastElementChild));
    const grown = area ? area.scrollHeight - height : 0;
    if (below && area.scrollTop > -NEAR) area.scrollTop = 0;
    else if (below) area.scrollTop -= grown;
    height = area?.scrollHeight ?? 0;
  }

  async function loadOlder(place) {
    if (place.ariaBusy === "true") return;
    const link = place.querySelector("a");
    const words = link.textContent;
    place.ariaBusy = "true";
    link.textContent = "Loading…";
    try {
      const page = await fetchSide(link.href);
      answers().prepend(...[...page.querySelector(".thread__answers").children].filter(isNew));
      const older = page.querySelector(".older");
      if (older) place.replaceWith(older);
      else place.remove();
      scroller().focus({ preventScroll: true });
    } catch {
      place.ariaBusy = "false";
      link.textContent = words.startsWith("Could not") ? words : `Could not load. Try again: ${words}`;
    }
  }

  // The box below stays as it is.
  async function readAnew() {
    const root = thread()?.dataset.root;
    if (!root) return;
    const page = await fetchSide(`/rooms/${document.getElementById("room").dataset.room}/messages/${root}/thread`).catch(() => null);
    if (!page || thread()?.dataset.root !== root) return;
    const column = page.querySelector(".thread__column");
    side.querySelector(".thread__column").replaceWith(column);
    htmx.process(column);
    document.dispatchEvent(new CustomEvent("chat:beside"));
  }

  // An answer that came between the reading of the thread and its arrival on the page found no place.
  function attend() {
    height = scroller()?.scrollHeight ?? 0;
    if (answers()) observer.observe(answers(), { childList: true });
    const late = answers() && Number(answers().dataset.rev) < Number(list.dataset.rev);
    tries = late ? tries + 1 : 0;
    if (late && tries <= TRIES) readAnew();
    else tries = 0;
  }

  side.addEventListener("click", (event) => {
    const place = event.target.closest(".older a")?.parentElement;
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    loadOlder(place);
  });

  const observer = new MutationObserver(hold);
  document.addEventListener("chat:beside", attend);
  document.addEventListener("chat:missed", readAnew);
  document.addEventListener("chat:thread-behind", readAnew);
  attend();
})();
