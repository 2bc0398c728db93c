// A message centre on the npm package `smpp`: accepts every submit, prints it as one line of JSON, and sends a
// receipt whose text carries the id in decimal while submit_sm_resp and the TLV carry it in hexadecimal, as some
// operators do. Ids start high enough for the two writings to differ in length.
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

const server = smpp.createServer({}, (session) => {
  session.on('error', () => {});
  const bind = (pdu) => {
    print({ event: 'bind', command: pdu.command, system_id: pdu.system_id, version: pdu.interface_version });
    session.send(pdu.response({ system_id: 'npm-smpp' }));
  };
  session.on('bind_transceiver', bind);
  session.on('bind_transmitter', bind);
  session.on('bind_receiver', bind);
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on('submit_sm', (pdu) => {
    const number = next++;
    const hex = number.toString(16).toUpperCase();
    const { udh, text } = parts(pdu);
    print({
      event: 'submit', source: pdu.source_addr, destination: pdu.destination_addr, esm_class: pdu.esm_class,
      data_coding: pdu.data_coding, registered_delivery: pdu.registered_delivery, udh: udh.toString('hex'),
      octets: octets(pdu.data_coding, text), text, message_id: hex,
    });
    session.send(pdu.response({ message_id: hex }));
    if ((pdu.registered_delivery & 1) === 0) return;
    setTimeout(() => {
      const now = minute(new Date());
      session.deliver_sm({
        source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
        receipted_message_id: hex, message_state: 2,
        short_message: `id:${number} sub:001 dlvrd:001 submit date:${now} done date:${now} stat:DELIVRD err:000 text:`,
      }, () => print({ event: 'receipt_acknowledged', message_id: hex }));
    }, 50);
  });
});
server.on('error', (error) => {
  print({ event: 'error', message: error.message });
  process.exit(1);
});
server.listen(0, '127.0.0.1', () => print({ event: 'listening', port: server.address().port }));
