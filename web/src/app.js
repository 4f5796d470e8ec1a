// Every page: htmx under the strict content security policy, dialogs, the phone's "more" sheet.
import './app.css';
import htmx from 'htmx.org/dist/htmx.esm.js';
import { openClauses } from './parts/clauses.js';

htmx.config.includeIndicatorStyles = false; // no injected <style>
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0; // personal data does not belong in localStorage
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '[23]..', swap: true },
  { code: '4(09|22)', swap: true }, // a conflict and form errors are answers to show
  { code: '[45]..', swap: false, error: true },
];
window.htmx = htmx;

openClauses();

if (matchMedia('(max-width: 900px)').matches) {
  for (const panel of document.querySelectorAll('[data-fold-on-phone]')) panel.open = false;
}
document.querySelector('[data-autofocus]')?.focus();

document.addEventListener('click', (event) => {
  for (const sheet of document.querySelectorAll('.tabbar details[open]')) {
    if (!sheet.contains(event.target)) sheet.open = false;
  }
  if (event.target.closest('[data-print]')) window.print();
});

document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target.closest('input, textarea, select, [contenteditable]')) return;
  const search = document.querySelector('main input[type=search]');
  if (search) { event.preventDefault(); search.focus(); }
});

document.body.addEventListener('htmx:sendError', () => announce('网络不通，请检查连接后重试。'));
document.body.addEventListener('htmx:responseError', (event) => {
  if (event.detail.xhr.status === 401) location.reload();
  else announce('操作未完成，请刷新页面后重试。');
});

function announce(text) {
  const box = document.getElementById('announcement');
  if (!box) return;
  box.querySelector('span').textContent = text;
  box.hidden = false;
}
