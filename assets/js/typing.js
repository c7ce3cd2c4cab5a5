// Who is writing: tells the server while the reader types, at most every two seconds, and says it of others.
(() => {
  const room = document.getElementById("room");
  const line = document.getElementById("typing");
  const box = document.getElementById("composer")?.elements.body;
  if (!line || !box) return;

  const EVERY = 2000;
  const EXPIRY = 6500; // the server takes it back after 5 s; should that get lost, so do we
  const MOST = 3;
  let socket = null;
  let last = 0;
  let timer = 0;

  box.addEventListener("input", () => {
    if (!box.value.trim() || Date.now() - last < EVERY || socket?.readyState !== WebSocket.OPEN) return;
    last = Date.now();
    socket.send('{"typing":true}');
  });

  function say() {
    const others = [...line.querySelectorAll("b")].filter(({ dataset }) => dataset.author !== room.dataset.user);
    const names = others.slice(0, MOST);
    line.replaceChildren();
    names.forEach((name, at) => {
      if (at) line.append(at === names.length - 1 ? " and " : ", ");
      line.append(name);
    });
    if (names.length) line.append(names.length === 1 ? " is writing…" : " are writing…");
    clearTimeout(timer);
    timer = setTimeout(() => line.replaceChildren(), EXPIRY);
    observer.takeRecords();
  }

  const observer = new MutationObserver(say);
  observer.observe(line, { childList: true });

  room.addEventListener("htmx:ws:after:connection", ({ detail: { connection } }) => (socket = connection.socket));
  document.addEventListener("chat:accepted", () => (last = 0));
  document.addEventListener("chat:arrived", ({ detail }) => {
    if (detail.fresh.some(({ dataset }) => line.querySelector(`[data-author="${dataset.author}"]`))) line.replaceChildren();
  });
})();
