// npm `smpp` as a client that submits one message to many (`node node_multi.js JOB`), as submit_multi.
// Events: bound, answer (id, status, failed), receipt (id, of, state, text), done.
'use strict';
const smpp = require('smpp');

const job = JSON.parse(process.argv[2]);
const session = smpp.connect({ host: job.host, port: job.port });
let wanted = job.numbers.length;
let answered = false;

function say(event, fields) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

function end() {
  if (!answered || wanted > 0) return;
  session.unbind(() => session.close(() => say('done')));
}

session.on('error', (error) => say('failed', { error: String(error) }));
session.on('enquire_link', (pdu) => session.send(pdu.response()));
session.on('deliver_sm', (pdu) => {
  session.send(pdu.response());
  const text = pdu.short_message.message;
  say('receipt', {
    id: pdu.receipted_message_id,
    of: pdu.source_addr,
    state: pdu.message_state,
    text: Buffer.isBuffer(text) ? text.toString('latin1') : text,
  });
  wanted -= 1;
  end();
});
session.on('connect', () => {
  session.bind_transceiver({ system_id: job.system_id, password: job.password }, (bound) => {
    say('bound', { status: bound.command_status });
    session.submit_multi({
      source_addr_ton: 5,
      source_addr: job.sender,
      dest_address: [...job.numbers, 'nobody'].map((number) => ({
        dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: number,
      })),
      registered_delivery: 1,
      short_message: 'One for all',
    }, (answer) => {
      say('answer', {
        id: answer.message_id,
        status: answer.command_status,
        failed: answer.unsuccess_sme.map((one) => [one.destination_addr, one.error_status_code]),
      });
      answered = true;
      end();
    });
  });
});
