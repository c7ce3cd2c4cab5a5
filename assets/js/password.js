// Toggle button that shows the typed password.
for (const button of document.querySelectorAll("[data-action=show-password]")) {
  const box = button.previousElementSibling;
  button.addEventListener("click", () => {
    const isShown = box.type === "password";
    box.type = isShown ? "text" : "password";
    button.ariaPressed = isShown;
    button.ariaLabel = button.title = isShown ? "Hide password" : "Show password";
    box.focus();
  });
  box.form.addEventListener("submit", () => (box.type = "password")); // so that browsers offer to save it
}
