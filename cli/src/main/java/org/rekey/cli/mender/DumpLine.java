package org.rekey.cli.mender;

/// One line of a dump.
///
/// @param number from 1 on
/// @param end where the next line begins, in bytes
/// @param bytes without the line's end; empty when it is too long
/// @param isTooLong nothing of it was kept
@SuppressWarnings("ArrayRecordComponent") // Handed on once, never compared.
record DumpLine(long number, long end, byte[] bytes, boolean isTooLong) {}
