// npm `smpp` as a client (`node node_peer.js client JOB`) and as an SMSC (`node node_peer.js server`).
// Events: bound, answer (to, id, status), receipt (id, state, text), alive, unbound, done; of the SMSC also listening,
// submit (from, to, id, text), receipted (status).
'use strict';
const smpp = require('smpp');

const DELIVERED = 2;

function say(event, fields) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

// As its users do: the string is cut by its UTF-16 units, and the library encodes each piece.
function pieces(text, size) {
  const found = [];
  for (let start = 0; start < text.length; start += size) found.push(text.slice(start, start + size));
  return found;
}

function submits(job, message, reference) {
  const head = {
    source_addr_ton: 5,
    source_addr: job.sender,
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    destination_addr: message.to,
    registered_delivery: 1,
  };
  if (message.how === 'plain') return [{ ...head, short_message: message.text }];
  if (message.how === 'payload') {
    return [{ ...head, data_coding: 8, message_payload: { message: message.text } }];
  }
  const cyrillic = /[^\x00-\x7f€]/.test(message.text);
  const parts = pieces(message.text, cyrillic ? 67 : 152);
  return parts.map((part, index) => {
    if (message.how === 'udh') {
      const udh = Buffer.from([5, 0, 3, reference, parts.length, index + 1]);
      return { ...head, data_coding: cyrillic ? 8 : 0, short_message: { udh, message: part } };
    }
    return {
      ...head,
      data_coding: cyrillic ? 8 : 0,
      short_message: part,
      sar_msg_ref_num: reference,
      sar_total_segments: parts.length,
      sar_segment_seqnum: index + 1,
    };
  });
}

function readReceipt(pdu) {
  const text = pdu.short_message.message;
  return { id: pdu.receipted_message_id, state: pdu.message_state, text: Buffer.isBuffer(text) ? text.toString('latin1') : text };
}

function run(job, index) {
  if (index === job.sessions.length) return say('done');
  const todo = job.sessions[index];
  const session = smpp.connect({ host: job.host, port: job.port });
  const queue = todo.messages.flatMap((message, number) => submits(job, message, 10 * index + number + 1));
  let answers = 0;
  let receipts = 0;
  let wanted = todo.receipts;
  let ending = false;

  function end() {
    if (ending || answers < queue.length || receipts < wanted) return;
    ending = true;
    session.enquire_link((alive) => {
      say('alive', { status: alive.command_status });
      session.unbind((unbound) => {
        say('unbound', { as: todo.kind, status: unbound.command_status });
        session.close(() => run(job, index + 1));
      });
    });
  }

  session.on('error', (error) => say('failed', { error: String(error) }));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('deliver_sm', (pdu) => {
    session.send(pdu.response());
    say('receipt', readReceipt(pdu));
    receipts += 1;
    end();
  });
  session.on('connect', () => {
    session['bind_' + todo.kind]({ system_id: job.system_id, password: job.password }, (bound) => {
      say('bound', { as: todo.kind, status: bound.command_status, system_id: bound.system_id });
      for (const submit of queue) {
        session.submit_sm(submit, (answer) => {
          say('answer', { to: submit.destination_addr, id: answer.message_id, status: answer.command_status });
          answers += 1;
          if (todo.kind === 'transceiver' && !answer.command_status) wanted += 1;
          end();
        });
      }
      end();
    });
  });
}

function dated(moment) {
  return moment.toISOString().replace(/[-T:]/g, '').slice(2, 12);
}

// Ids are hexadecimal; receipts are told by text and by TLV, and where the message is Cyrillic, in UCS-2.
function serve() {
  let next = 0xabc000;
  const server = smpp.createServer((session) => {
    session.on('error', (error) => say('failed', { error: String(error) }));
    for (const kind of ['transceiver', 'transmitter', 'receiver']) {
      session.on('bind_' + kind, (pdu) => {
        say('bound', { as: kind, system_id: pdu.system_id });
        session.send(pdu.response({ system_id: 'node' }));
      });
    }
    session.on('enquire_link', (pdu) => {
      session.send(pdu.response());
      say('alive', {});
    });
    session.on('unbind', (pdu) => {
      session.send(pdu.response());
      session.close();
      say('unbound', {});
    });
    session.on('submit_sm', (pdu) => {
      const id = (next += 1).toString(16);
      const text = pdu.short_message.message;
      session.send(pdu.response({ message_id: id }));
      say('submit', { from: pdu.source_addr, to: pdu.destination_addr, id, text });
      const now = dated(new Date());
      session.deliver_sm({
        esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT,
        source_addr: pdu.destination_addr,
        destination_addr: pdu.source_addr,
        receipted_message_id: id,
        message_state: DELIVERED,
        short_message:
          `id:${id} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:${text.slice(0, 16)}`,
      }, (answer) => say('receipted', { status: answer.command_status }));
    });
  });
  server.listen(0, '127.0.0.1', () => say('listening', { port: server.address().port }));
}

if (process.argv[2] === 'server') serve();
else run(JSON.parse(process.argv[3]), 0);
