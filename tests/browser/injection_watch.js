// Runs before everything else in every document of a watched window. What people wrote must not run, load,
// swap or be an element; what does is noted here. The console and the list of requests are read elsewhere.
(() => {
  const ran = [];
  const sockets = [];

  // What the texts call.
  for (const name of ["alert", "confirm", "prompt", "print", "open", "eval", "pwned"]) {
    Object.defineProperty(window, name, { value: (...given) => void ran.push(`${name}(${given.join().slice(0, 80)}) ran`) });
  }
  // What the policy stopped was tried all the same.
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    ran.push(`the policy stopped ${violatedDirective} ${blockedURI} ${sample}`),
  );
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      sockets.push(this);
    }
  };

  const MARKED = ["room", "timeline", "messages", "composer", "body", "outbox", "notices", "connection", "typing"];
  const LANDMARKS = [...MARKED, "main", "rail", "sidebar", "presence", "switcher", "find"];
  const TAGS = "p br em strong del code pre blockquote ul ol li a span".split(" ");
  const ATTRIBUTES = "class href rel target dir start tabindex".split(" ");

  const step = (element) => element.localName + (element.classList.length ? `.${element.classList[0]}` : "");
  const short = (element) => element.outerHTML.slice(0, 200);
  const inBody = (element) => element.parentElement?.closest(".message__body");

  function* all(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.localName === "template") yield* all(element.content);
    }
  }

  // Which elements stand in which, and which attributes they have: the same for whatever people wrote.
  function* shapesOf(element) {
    if (element.parentElement) yield `${step(element.parentElement)} > ${step(element)}`;
    for (const name of element.getAttributeNames()) yield `${step(element)} @${name}`;
  }

  // In a message there may be what its language has, and nothing else.
  function* faultsInBody(element) {
    if (!TAGS.includes(element.localName)) yield `an element in a message: ${short(element)}`;
    for (const { name, value } of element.attributes) {
      if (!ATTRIBUTES.includes(name)) yield `an attribute in a message: ${short(element)}`;
      if (name === "href" && !/^(https?:\/\/|mailto:|\/people\/)/i.test(value)) yield `a link in a message: ${short(element)}`;
    }
  }

  // Elsewhere every address is one of this site.
  function* faultsOfAddress(element) {
    for (const name of ["href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href"]) {
      const value = element.getAttribute(name);
      if (value !== null && !/^(\/(?![/\\])|[#?]|$)/.test(value)) yield `an address: ${short(element)}`;
    }
  }

  function inspect(root) {
    const shapes = new Set();
    const faults = new Set();
    const ids = new Set();
    for (const element of all(root)) {
      if (inBody(element)) {
        for (const fault of faultsInBody(element)) faults.add(fault);
        continue;
      }
      for (const shape of shapesOf(element)) shapes.add(shape);
      for (const fault of faultsOfAddress(element)) faults.add(fault);
      if (element.id && ids.has(element.id)) faults.add(`#${element.id} is there twice`);
      ids.add(element.id);
    }
    for (const id of LANDMARKS) if (ids.has(id)) shapes.add(`#${id}`);
    return { shapes: [...shapes], faults: [...faults] };
  }

  // The page as it is shown: also what ran, and what was swapped since it was marked.
  function snapshot() {
    const { shapes, faults } = inspect(document);
    const swapped = MARKED.filter((id) => marks.has(id) && document.getElementById(id) !== marks.get(id));
    return { shapes, faults: [...faults, ...ran.splice(0), ...swapped.map((id) => `#${id} is another one`)] };
  }

  const marks = new Map();
  function mark() {
    for (const id of MARKED) if (document.getElementById(id)) marks.set(id, document.getElementById(id));
    return marks.size;
  }

  // What HTML makes of a text: other ends of lines, and no blanks around it here.
  const plain = (text) => text.replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd").trim();

  // The texts of a page that stand alone in an element or attribute.
  function textsOf(root) {
    const texts = new Set();
    for (const element of all(root)) {
      if (!element.childElementCount) texts.add(element.textContent.trim());
      for (const { value } of element.attributes) texts.add(value.trim());
    }
    return texts;
  }

  // Answers to requests, read as pages are and not shown. Each: { path, form, headers, shown: [texts] }.
  // The list of rooms beside them is looked at where pages are shown; here it would be most of the work.
  async function fetchPages(requests) {
    const shapes = new Set();
    const faults = [];
    const one = async ({ path, form, headers = {}, shown = [] }) => {
      const body = form && new URLSearchParams(form);
      const answer = await fetch(path, { method: form ? "POST" : "GET", headers: { Accept: "text/html", ...headers }, body });
      const text = await answer.text();
      const page = new DOMParser().parseFromString(text, "text/html");
      page.querySelector("aside.sidebar-panel > nav#sidebar")?.remove();
      const seen = inspect(page);
      for (const shape of seen.shapes) shapes.add(shape);
      for (const fault of seen.faults) faults.push(`${path}: ${fault}`);
      if (answer.status >= 500) faults.push(`${path}: ${answer.status}`);
      const texts = shown.length ? textsOf(page) : null;
      for (const one of shown) {
        if (plain(one) && !texts.has(plain(one))) faults.push(`${path}: ${answer.status}, and ${JSON.stringify(one)} is not there`);
      }
    };
    const queue = requests.values();
    await Promise.all(Array.from({ length: 4 }, async () => { for (const request of queue) await one(request); }));
    return { shapes: [...shapes], faults };
  }

  Object.defineProperty(window, "watch", { value: { inspect, snapshot, mark, fetchPages, sockets, ran } });
})();
