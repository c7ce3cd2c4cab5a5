// Loads older messages when the reader comes near the top, and missing ones when a gap is clicked.
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
    place.ariaBusy = list.ariaBusy = "true";
    link.textContent = "Loading…";
    try {
      const text = await fetchPart(link.href);
      await htmx.swap({ sourceElement: scroller, target: place, swap: "outerHTML", text });
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
    { root: scroller, rootMargin: "600px 0px 0px 0px" },
  );

  let watched = null;
  function watch() {
    const first = list.firstElementChild;
    if (first === watched) return;
    near.disconnect();
    watched = first;
    if (first?.matches(".older")) near.observe(first);
  }

  list.addEventListener("click", (event) => {
    const place = event.target.closest(".older a, .gap a")?.parentElement;
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(place);
  });

  new MutationObserver(watch).observe(list, { childList: true });
  watch();
})();
