// Runs first in every document of a watched window. Texts of users must not run, start requests, swap parts of the
// page or become elements. This script records violations; `injection_watch.rs` reads the requests and the console.
(() => {
  const ran = [];
  const sockets = [];

  // Functions that the hostile texts call.
  for (const name of ["alert", "confirm", "prompt", "print", "open", "eval", "pwned"]) {
    Object.defineProperty(window, name, { value: (...args) => void ran.push(`${name}(${args.join().slice(0, 80)}) ran`) });
  }
  // An attempt that the content security policy blocked is a fault too.
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) =>
    ran.push(`the policy blocked ${violatedDirective} ${blockedURI} ${sample}`),
  );
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
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

  // Pairs of parent and child, and attributes. They do not depend on the texts of users.
  function* shapesOf(element) {
    if (element.parentElement) yield `${step(element.parentElement)} > ${step(element)}`;
    for (const name of element.getAttributeNames()) yield `${step(element)} @${name}`;
  }

  // Elements, attributes and links in a message body that the renderer never produces.
  function* faultsInBody(element) {
    if (!TAGS.includes(element.localName)) yield `an element in a message: ${short(element)}`;
    for (const { name, value } of element.attributes) {
      if (!ATTRIBUTES.includes(name)) yield `an attribute in a message: ${short(element)}`;
      if (name === "href" && !/^(https?:\/\/|mailto:|\/people\/|\/rooms\/\d+$)/i.test(value)) yield `a link in a message: ${short(element)}`;
    }
  }

  // URLs outside message bodies that lead away from this site.
  function* faultsOfAddress(element) {
    for (const name of ["href", "src", "action", "formaction", "data", "poster", "srcset", "xlink:href"]) {
      const value = element.getAttribute(name);
      if (value !== null && !/^(\/(?![/\\])|[#?]|$)/.test(value)) yield `a foreign URL: ${short(element)}`;
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
      if (element.id && ids.has(element.id)) faults.add(`duplicate id #${element.id}`);
      ids.add(element.id);
    }
    for (const id of LANDMARKS) if (ids.has(id)) shapes.add(`#${id}`);
    return { shapes: [...shapes], faults: [...faults] };
  }

  // Observations of the current page, including scripts that ran and marked elements that were replaced.
  function snapshot() {
    const { shapes, faults } = inspect(document);
    const replaced = MARKED.filter((id) => marks.has(id) && document.getElementById(id) !== marks.get(id));
    return { shapes, faults: [...faults, ...ran.splice(0), ...replaced.map((id) => `#${id} was replaced`)] };
  }

  const marks = new Map();
  function mark() {
    for (const id of MARKED) if (document.getElementById(id)) marks.set(id, document.getElementById(id));
    return marks.size;
  }

  // Normalises a text like an HTML parser (line ends, NUL) and trims it.
  const normalized = (text) => text.replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd").trim();

  // Texts that are the whole content of an element or attribute.
  function textsOf(root) {
    const texts = new Set();
    for (const element of all(root)) {
      if (!element.childElementCount) texts.add(element.textContent.trim());
      for (const { value } of element.attributes) texts.add(value.trim());
    }
    return texts;
  }

  // Inspects pages without displaying them. A page: { path, status, html, shown: [texts] }.
  function inspectPages(pages) {
    const shapes = new Set();
    const faults = [];
    for (const { path, status, html, shown } of pages) {
      const page = new DOMParser().parseFromString(html, "text/html");
      const observations = inspect(page);
      for (const shape of observations.shapes) shapes.add(shape);
      for (const fault of observations.faults) faults.push(`${path}: ${fault}`);
      if (status >= 500) faults.push(`${path}: ${status}`);
      const texts = shown.length ? textsOf(page) : null;
      for (const expected of shown) {
        if (normalized(expected) && !texts.has(normalized(expected))) faults.push(`${path}: ${status}, ${JSON.stringify(expected)} is missing`);
      }
    }
    return { shapes: [...shapes], faults };
  }

  Object.defineProperty(window, "watch", { value: { inspect, snapshot, mark, inspectPages, sockets, ran } });
})();
