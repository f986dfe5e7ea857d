import { describe, expect, test } from 'vitest';
import { refusedKind } from './address-kind.ts';

const own = ['203.0.114.5', 'fe80::1', '2606:4700::77'];
const refused = (address: string, allowPrivate = false) => refusedKind(address, { allowPrivate, own }) !== undefined;

describe('addresses that are never connected to', () => {
  test.each([
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '0.0.0.0',
    '::',
    '169.254.169.254',
    'fe80::1',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '168.63.129.16',
    '192.0.0.192',
    '100.100.100.200',
    'fd00:ec2::254',
    '::ffff:100.100.100.200',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '2002:7f00:1::',
    '64:ff9b::7f00:1',
    '64:ff9b:1::7f00:1',
    '2001::1',
    'fec0::1',
  ])('%s', (address) => expect([refused(address), refused(address, true)]).toEqual([true, true]));
});

describe('addresses that an entry can allow', () => {
  test.each([
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fc00::1',
    '::ffff:10.0.0.1',
    '203.0.114.5',
    '2606:4700::77',
  ])('%s', (address) => expect([refused(address), refused(address, true)]).toEqual([true, false]));
});

test.each(['93.184.216.34', '172.32.0.1', '2606:4700::1', '::ffff:93.184.216.34'])('%s is public', (address) =>
  expect(refused(address)).toBe(false),
);
