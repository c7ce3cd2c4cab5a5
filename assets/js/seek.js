// Finding people while one types: in the picker of a new conversation, and for an invitation.
(() => {
  const WAIT = 120;

  function whenTyped(box, look) {
    let timer = 0;
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, WAIT);
    });
  }

  const seek = document.getElementById("seek");
  if (seek) {
    let asked = 0;
    whenTyped(seek.elements.q, async () => {
      const mine = ++asked;
      const answer = await fetch(`${seek.action}?${new URLSearchParams(new FormData(seek))}`).catch(() => null);
      if (!answer?.ok || answer.redirected || mine !== asked) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (mine === asked) document.getElementById("picked").replaceWith(page.getElementById("picked"));
    });
  }

  const guest = document.querySelector("input[data-people]");
  if (guest) {
    let asked = 0;
    whenTyped(guest, async () => {
      const mine = ++asked;
      const address = `/people?q=${encodeURIComponent(guest.value)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer?.ok) return;
      const { people } = await answer.json();
      if (mine !== asked) return;
      guest.list.replaceChildren(...people.map(({ username, display_name }) => new Option(display_name, username)));
    });
  }
})();
