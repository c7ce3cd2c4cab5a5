// Buttons that copy the text of the field beside them. Without HTTPS, pages have no clipboard API.
for (const button of document.querySelectorAll("[data-action=copy-field]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = button.parentElement.querySelector("input");
    field.select();
    const isWritten = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
    const isCopied = isWritten || document.execCommand("copy");
    button.textContent = isCopied ? "Copied" : "Press Ctrl+C";
  });
}
