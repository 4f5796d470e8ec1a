// Saves what was typed every 20 seconds when it changed, and at once on demand.
const EVERY = 20_000;

export function draft(form) {
  const state = form.querySelector('[data-draft-state]');
  let dirty = false;
  let saving = false;

  const save = async () => {
    if (saving) return;
    saving = true;
    dirty = false;
    state.textContent = '正在保存草稿…';
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    try {
      const answer = await fetch(form.dataset.draft, { method: 'POST', body: data, headers: { 'HX-Request': 'true' } });
      state.textContent = await answer.text();
      if (!answer.ok) dirty = answer.status >= 500;
    } catch {
      dirty = true;
      state.textContent = '草稿未保存：网络不通，稍后自动重试';
    }
    saving = false;
  };
  const changed = () => { dirty = true; };

  form.addEventListener('input', changed);
  form.addEventListener('change', changed);
  form.querySelector('[data-save-draft]').addEventListener('click', save);
  setInterval(() => { if (dirty && document.visibilityState === 'visible') save(); }, EVERY);
  document.addEventListener('visibilitychange', () => { if (dirty && document.visibilityState === 'hidden') save(); });
  form.addEventListener('submit', () => { dirty = false; });
  return changed;
}
