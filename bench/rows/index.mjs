// The rows of the table, in its order. A row has a name, a title, `how` it is measured, and `measure(scene)`, which
// gives `facts` (what was seen) and `verdicts` (what of it a target speaks of).
import * as deliveries from './deliveries.mjs';
import * as encode from './encode.mjs';
import * as firstByte from './first-byte.mjs';
import * as index from './index-time.mjs';
import * as ladder from './ladder.mjs';
import * as long from './long.mjs';
import * as memory from './memory.mjs';
import * as ready from './ready.mjs';
import * as serve from './serve.mjs';
import * as smartcut from './smartcut.mjs';
import * as stored from './stored.mjs';
import * as viewers from './viewers.mjs';

export const rows = [ready, long, encode, smartcut, stored, index, serve, firstByte, ladder, memory, viewers, deliveries];
