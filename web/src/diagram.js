/* Diagrams on pages without a timeline: the read-only list of process definitions. */
import { mount } from './bpmn/viewer.js';

for (const root of document.querySelectorAll('[data-diagram]')) mount(root);
