// A message centre on the npm package `smpp`: takes every submit, prints it as one line of JSON, and sends a receipt
// whose text carries the id in decimal while submit_sm_resp and the TLV carry it in hexadecimal, as some operators do.
// Ids start high enough for the two writings to differ in length. A receipt nobody acknowledged is kept and brought
// again, to whichever session is bound then.
//
// How it behaves towards a number depends on the three digits after the country code:
//   901 asks to slow down twice, then takes it      902 takes it and drops the connection instead of answering
//   903 answers after LATE seconds                  904 the receipt comes before the answer
//   905 the receipt comes twice                     906 no receipt ever
//   908 drops the connection instead of taking it   all others: answer, then receipt
'use strict';
const smpp = require('smpp');

const print = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const two = (number) => String(number).padStart(2, '0');
const minute = (date) =>
  two(date.getUTCFullYear() % 100) + two(date.getUTCMonth() + 1) + two(date.getUTCDate()) +
  two(date.getUTCHours()) + two(date.getUTCMinutes());
let next = 0x1a2b3c00;

function parts(pdu) {
  const message = pdu.short_message;
  const udh = message && message.udh ? Buffer.concat([].concat(message.udh)) : Buffer.alloc(0);
  const text = message && message.message !== undefined ? message.message : message;
  return { udh, text: Buffer.isBuffer(text) ? text.toString('hex') : String(text || '') };
}

function octets(coding, text) {
  return coding === 8 ? Buffer.byteLength(text, 'utf16le') : text.length;
}

const late = Number(process.env.LATE || 33) * 1000;
const patience = 3000;
const bound = new Set();
const receipts = new Map();
const asked = new Map();

// Brings a kept receipt to any bound session; it is gone once acknowledged.
function bring(hex) {
  const [session] = bound;
  const receipt = receipts.get(hex);
  if (!session || !receipt) return;
  receipt.tried = Date.now();
  session.deliver_sm(receipt.pdu, (answer) => {
    if (answer.command_status !== 0) return;
    receipts.delete(hex);
    print({ event: 'receipt_acknowledged', message_id: hex });
  });
}

function receipt(pdu, number, hex) {
  const now = minute(new Date());
  receipts.set(hex, { tried: 0, pdu: {
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    receipted_message_id: hex, message_state: 2,
    short_message: `id:${number} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:`,
  } });
  bring(hex);
}

setInterval(() => {
  for (const [hex, { tried }] of receipts) if (Date.now() - tried > patience) bring(hex);
}, 500);

function submitted(session, pdu) {
  const manner = pdu.destination_addr.replace(/^\+?7/, '').slice(0, 3);
  if (manner === '908') {
    print({ event: 'dropped', destination: pdu.destination_addr });
    return session.destroy();
  }
  if (manner === '901') {
    const times = (asked.get(pdu.destination_addr) || 0) + 1;
    asked.set(pdu.destination_addr, times);
    if (times <= 2) {
      print({ event: 'throttled', destination: pdu.destination_addr });
      return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
    }
  }
  const number = next++;
  const hex = number.toString(16).toUpperCase();
  const { udh, text } = parts(pdu);
  print({
    event: 'submit', source: pdu.source_addr, destination: pdu.destination_addr, esm_class: pdu.esm_class,
    data_coding: pdu.data_coding, registered_delivery: pdu.registered_delivery, udh: udh.toString('hex'),
    octets: octets(pdu.data_coding, text), text, message_id: hex,
  });
  const answer = () => session.send(pdu.response({ message_id: hex }));
  const wanted = (pdu.registered_delivery & 1) === 1 && manner !== '906';
  const after = (wait) => wanted && setTimeout(() => receipt(pdu, number, hex), wait);
  if (manner === '902') {
    session.destroy();
    after(1000);
  } else if (manner === '903') {
    setTimeout(answer, late);
    after(late + 1000);
  } else if (manner === '904') {
    after(0);
    setTimeout(answer, 500);
  } else {
    answer();
    after(50);
    if (manner === '905') after(400);
  }
}

const server = smpp.createServer({}, (session) => {
  session.on('error', () => {});
  session.on('close', () => bound.delete(session));
  const bind = (pdu) => {
    print({ event: 'bind', command: pdu.command, system_id: pdu.system_id, version: pdu.interface_version });
    session.send(pdu.response({ system_id: 'npm-smpp' }));
    bound.add(session);
    for (const hex of receipts.keys()) bring(hex);
  };
  session.on('bind_transceiver', bind);
  session.on('bind_transmitter', bind);
  session.on('bind_receiver', bind);
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    bound.delete(session);
    session.send(pdu.response());
    session.close();
  });
  session.on('submit_sm', (pdu) => submitted(session, pdu));
});
server.on('error', (error) => {
  print({ event: 'error', message: error.message });
  process.exit(1);
});
server.listen(0, '127.0.0.1', () => print({ event: 'listening', port: server.address().port }));
