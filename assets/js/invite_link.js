// Button that copies a new invite link.
const button = document.querySelector("[data-action=copy-invite-link]");

button?.addEventListener("click", async () => {
  const [box, status] = [document.getElementById("invite-url"), document.getElementById("invite-copied")];
  box.select();
  try {
    await navigator.clipboard.writeText(box.value);
    status.textContent = "Link copied.";
  } catch {
    status.textContent = "Couldn’t copy automatically. The link is selected, so you can copy it yourself.";
  }
});
