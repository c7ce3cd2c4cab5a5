// When a message is replaced, what scripts have put into it ("data-guest") goes into the new one, and the focus stays.
(() => {
  if (!document.getElementById("messages")) return;

  // What in the new message is the same as this in the old one.
  function again(element) {
    if (element.matches(".reaction")) return `.reaction[value="${CSS.escape(element.value)}"]`;
    return element.classList.length ? `.${element.classList[0]}` : ".message__at";
  }

  function remember(element) {
    const id = element?.closest(".message")?.id;
    if (!id) return null;
    const selection = element.matches("textarea") && [element.selectionStart, element.selectionEnd, element.selectionDirection];
    return { element, id, css: again(element), selection };
  }

  function refocus({ element, id, css, selection }) {
    if (document.activeElement === element) return;
    const message = document.getElementById(id);
    const place = element.isConnected ? element : (message?.querySelector(css) ?? message?.querySelector(".message__at"));
    place?.focus({ preventScroll: true });
    if (selection && place === element) element.setSelectionRange(...selection);
  }

  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    const guests = document.querySelectorAll(".message [data-guest]");
    ctx.guests = [...guests].map((guest) => ({ guest, id: guest.closest(".message").id }));
    ctx.focused = remember(document.activeElement);
  });

  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    for (const { guest, id } of ctx.guests ?? []) if (!guest.isConnected) document.getElementById(id)?.append(guest);
    if (ctx.focused && document.activeElement === document.body) refocus(ctx.focused);
  });
})();
