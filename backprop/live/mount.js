// On a page without a kernel: a small model object for each explorer that the page holds, and the same render.

function staticModel(values) {
  const listeners = {};
  return {
    get: (name) => values[name],
    set(name, value) {
      values[name] = value;
      for (const call of [...(listeners[`change:${name}`] ?? [])]) call();
    },
    on: (event, call) => (listeners[event] ??= new Set()).add(call),
    off: (event, call) => listeners[event]?.delete(call),
    save_changes: () => {},
  };
}

for (const el of document.querySelectorAll("[data-backprop-explorer]")) {
  const values = JSON.parse(el.querySelector("script").textContent);
  el.replaceChildren();
  $view.render({ model: staticModel(values), el });
}
