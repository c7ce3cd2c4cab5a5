// Following a thread and not, without leaving the page. Whoever answers follows, unless they decided before.
(() => {
  const side = document.getElementById("side");
  if (!side) return;
  const form = () => side.querySelector(".thread__follow");

  function show(following) {
    const button = form()?.elements.following;
    if (!button) return;
    button.value = !following;
    button.textContent = following ? "Unfollow" : "Follow";
  }

  side.addEventListener("submit", async (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    const wanted = form().elements.following.value === "true";
    const answer = await fetch(form().action, { method: wanted ? "PUT" : "DELETE" }).catch(() => null);
    if (answer?.status === 401) location.assign("/login");
    if (answer?.ok) show(wanted);
  });

  document.addEventListener("chat:answered", async () => {
    if (form()?.elements.following.value !== "true") return;
    const address = side.querySelector(".thread__composer").action;
    const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) show((await answer.json()).following);
  });
})();
