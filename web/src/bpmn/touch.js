/* diagram-js has no touch navigation: one finger pans, two fingers zoom. Returns a function that undoes it. */
const LARGEST = 4;
const SMALLEST = 0.15;

export function touchNavigation(viewer, container) {
  const canvas = viewer.get('canvas');
  const fingers = new Map();
  const distance = ([a, b]) => Math.hypot(a.x - b.x, a.y - b.y);

  function press(event) {
    if (event.pointerType !== 'touch') return;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  }

  function move(event) {
    const finger = fingers.get(event.pointerId);
    if (!finger) return;
    const before = [...fingers.values()].map((point) => ({ ...point }));
    const shift = { dx: event.clientX - finger.x, dy: event.clientY - finger.y };
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (fingers.size === 1) canvas.scroll(shift);
    if (fingers.size === 2) pinch(before, [...fingers.values()]);
  }

  function pinch(before, now) {
    const box = container.getBoundingClientRect();
    const middle = { x: (now[0].x + now[1].x) / 2 - box.left, y: (now[0].y + now[1].y) / 2 - box.top };
    const scale = (canvas.zoom() * distance(now)) / Math.max(distance(before), 1);
    canvas.zoom(Math.min(LARGEST, Math.max(SMALLEST, scale)), middle);
  }

  const release = (event) => fingers.delete(event.pointerId);

  container.style.touchAction = 'none';
  container.addEventListener('pointerdown', press);
  addEventListener('pointermove', move);
  addEventListener('pointerup', release);
  addEventListener('pointercancel', release);
  return () => {
    container.removeEventListener('pointerdown', press);
    removeEventListener('pointermove', move);
    removeEventListener('pointerup', release);
    removeEventListener('pointercancel', release);
  };
}
