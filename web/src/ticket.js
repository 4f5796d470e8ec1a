// The ticket page: timeline and diagram point at each other; copy buttons; form dialogs.
import './ticket/ticket.css';
import { mount } from './bpmn/viewer.js';
import { linkTimeline } from './ticket/timeline.js';
import { copyButtons } from './ticket/copy.js';
import { formDialogs } from './ticket/dialogs.js';

const root = document.querySelector('[data-diagram]');
const diagram = root ? mount(root) : Promise.resolve(null);
const timeline = document.querySelector('[data-timeline]');
if (timeline) linkTimeline(timeline, diagram, root);
copyButtons();
formDialogs(document.getElementById('form-dialog'));
