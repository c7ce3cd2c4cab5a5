// Loads older messages when the reader comes near the top, newer ones near the foot of an older part, and missing
// ones when a gap is clicked.
(() => {
  const scroller = document.getElementById("timeline");
  const list = document.getElementById("messages");
  if (!list) return;

  async function fetchPart(address) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 401 || answer.redirected) location.assign("/login");
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }

  async function load(place) {
    if (place.ariaBusy === "true") return;
    const link = place.querySelector("a");
    const words = link.textContent;
    const focused = document.activeElement === link;
    const above = place.matches(".newer") && place.previousElementSibling;
    place.ariaBusy = list.ariaBusy = "true";
    link.textContent = "Loading…";
    try {
      const text = await fetchPart(link.href);
      const top = above && above.getBoundingClientRect().top;
      await htmx.swap({ sourceElement: scroller, target: place, swap: "outerHTML", text });
      // The page is laid out from the foot up: what comes below would push up what is read.
      if (above) scroller.scrollTop += above.getBoundingClientRect().top - top;
      if (focused) scroller.focus({ preventScroll: true });
    } catch {
      near.unobserve(place);
      place.ariaBusy = "false";
      link.textContent = words.startsWith("Could not") ? words : `Could not load. Try again: ${words}`;
    }
    list.ariaBusy = "false";
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) if (entry.isIntersecting) load(entry.target);
    },
    { root: scroller, rootMargin: "600px 0px" },
  );

  let watched = [];
  function watch() {
    const ends = [list.firstElementChild, list.lastElementChild];
    if (ends.every((end, at) => end === watched[at])) return;
    near.disconnect();
    watched = ends;
    for (const end of ends) if (end?.matches(".older, .newer")) near.observe(end);
  }

  list.addEventListener("click", (event) => {
    const place = event.target.closest(".older a, .newer a, .gap a")?.parentElement;
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(place);
  });

  new MutationObserver(watch).observe(list, { childList: true });
  watch();
})();
