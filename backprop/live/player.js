// Descent as a film: one update after another, until it is paused or a number stops being finite.
import { oneUpdate } from "./actions.js";

// So many updates a second, drawn once a frame; where motion is to be reduced, at most twice a second.
export function player(model, stopped) {
  let [frameId, speed, owed, last] = [0, 10, 0, 0];
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const stop = () => {
    cancelAnimationFrame(frameId);
    frameId = 0;
  };
  function tick(now) {
    frameId = requestAnimationFrame(tick);
    if (calm.matches && now - last < 500) return;
    owed = Math.min(owed + ((now - last) / 1000) * speed, 60);
    last = now;
    for (; owed >= 1; owed -= 1) {
      const wrong = oneUpdate(model);
      if (wrong) {
        stop();
        return stopped(wrong);
      }
    }
  }
  const start = () => {
    [owed, last] = [1, performance.now() - (calm.matches ? 500 : 0)];
    frameId = requestAnimationFrame(tick);
  };
  return { stop, toggle: () => (frameId ? stop() : start()), playing: () => frameId !== 0, speed: (v) => (speed = v) };
}
