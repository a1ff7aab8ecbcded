/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The Call-ID of a SIP message, read byte by byte by a state machine. TC only. Twin: src/lvs/sip.ts, which says what the states are. */
#ifndef WEIR_CALL_ID_H
#define WEIR_CALL_ID_H

#include "../parse/parse.h"
#include "call.h"

enum call_byte {
	BYTE_CR, BYTE_LF, BYTE_BLANK, BYTE_COLON, BYTE_AT, BYTE_C, BYTE_A, BYTE_L, BYTE_DASH, BYTE_I, BYTE_D, BYTE_LETTER, BYTE_WORD,
	BYTE_OTHER,
};

enum call_state {
	TX, CR, NL, N1, N2, N3, N4, N5, N6, CI, NA, NC, NF, NB, VA, VC, VF, VB, ID, AT, DO, OK, NO,
};

#define CALL_STATES 32 /* a power of two */
#define CALL_BYTES 16

static const __u8 call_moves[CALL_STATES][CALL_BYTES] = {
	/*        cr  lf  bl  :   @   c   a   l   -   i   d   le  wo  ot */
	[TX] = {  CR, NL, TX, TX, TX, TX, TX, TX, TX, TX, TX, TX, TX, TX },
	[CR] = {  TX, NL, TX, TX, TX, N1, TX, TX, TX, CI, TX, TX, TX, TX },
	[NL] = {  TX, TX, TX, TX, TX, N1, TX, TX, TX, CI, TX, TX, TX, TX },
	[N1] = {  CR, NL, TX, TX, TX, TX, N2, TX, TX, TX, TX, TX, TX, TX },
	[N2] = {  CR, NL, TX, TX, TX, TX, TX, N3, TX, TX, TX, TX, TX, TX },
	[N3] = {  CR, NL, TX, TX, TX, TX, TX, N4, TX, TX, TX, TX, TX, TX },
	[N4] = {  CR, NL, TX, TX, TX, TX, TX, TX, N5, TX, TX, TX, TX, TX },
	[N5] = {  CR, NL, TX, TX, TX, TX, TX, TX, TX, N6, TX, TX, TX, TX },
	[N6] = {  CR, NL, TX, TX, TX, TX, TX, TX, TX, TX, NA, TX, TX, TX },
	[CI] = {  NC, NF, NA, VA, NO, TX, TX, TX, NO, TX, TX, TX, NO, NO },
	[NA] = {  NC, NF, NA, VA, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[NC] = {  NO, NF, NB, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[NF] = {  NO, NO, NB, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[NB] = {  NO, NO, NB, VA, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[VA] = {  VC, VF, VA, ID, TX, ID, ID, ID, ID, ID, ID, ID, ID, TX },
	[VC] = {  NO, VF, VB, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[VF] = {  NO, NO, VB, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO },
	[VB] = {  CR, NL, VB, ID, TX, ID, ID, ID, ID, ID, ID, ID, ID, TX },
	[ID] = {  OK, OK, NO, ID, AT, ID, ID, ID, ID, ID, ID, ID, ID, NO },
	[AT] = {  CR, NL, TX, DO, TX, DO, DO, DO, DO, DO, DO, DO, DO, TX },
	[DO] = {  OK, OK, NO, DO, NO, DO, DO, DO, DO, DO, DO, DO, DO, NO },
};

/* Of ASCII or Latin-1, as the kernel's ctype has it. */
static __always_inline int is_letter(__u8 byte)
{
	__u8 upper = byte & 0xdf;

	return (upper >= 'A' && upper <= 'Z' && byte < 0x80) || (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7);
}

/* Punctuation and digits of a `word` (RFC 3261 section 25.1) as bits, from 32, 64 and 96 on. */
#define WORD_LOW 0xd7ffefa6u
#define WORD_MIDDLE 0xb8000000u
#define WORD_HIGH 0x68000001u

static __always_inline int is_word(__u8 byte)
{
	__u32 bit = 1u << (byte & 31);

	switch (byte >> 5) {
	case 1:
		return !!(WORD_LOW & bit);
	case 2:
		return !!(WORD_MIDDLE & bit);
	case 3:
		return !!(WORD_HIGH & bit);
	default:
		return 0;
	}
}

static __always_inline enum call_byte call_byte(__u8 byte)
{
	switch (byte) {
	case '\r':
		return BYTE_CR;
	case '\n':
		return BYTE_LF;
	case ' ':
	case '\t':
		return BYTE_BLANK;
	case ':':
		return BYTE_COLON;
	case '@':
		return BYTE_AT;
	case '-':
		return BYTE_DASH;
	case 'c':
	case 'C':
		return BYTE_C;
	case 'a':
	case 'A':
		return BYTE_A;
	case 'l':
	case 'L':
		return BYTE_L;
	case 'i':
	case 'I':
		return BYTE_I;
	case 'd':
	case 'D':
		return BYTE_D;
	}
	if (is_letter(byte))
		return BYTE_LETTER;
	return is_word(byte) ? BYTE_WORD : BYTE_OTHER;
}

#define CALL_LENGTH_SHIFT 8

/*
 * The next byte: from one state, and the length of what there is of the Call-ID above it, to the next; that is written into the call of the
 * packet at hand. Global, so that it is verified once.
 */
__noinline int call_take(__u32 reading, __u32 byte)
{
	__u32 state = call_moves[reading & (CALL_STATES - 1)][call_byte(byte) & (CALL_BYTES - 1)];
	__u32 length = (reading >> CALL_LENGTH_SHIFT) & 0xff;
	struct weir_call *call;

	if (state != ID && state != AT && state != DO && (state != VA || !length))
		return state | length << CALL_LENGTH_SHIFT;
	call = call_get();
	if (!call)
		return NO;
	if (state == VA) {
		__builtin_memset(call, 0, sizeof(*call));
		return state;
	}
	if (length >= WEIR_CALL_ID)
		return NO;
	call->id[length] = byte;
	return state | (length + 1) << CALL_LENGTH_SHIFT;
}

#define CALL_CHUNK 32

struct call_run {
	struct weir_context *ctx;
	__u32 offset;
	__u32 left;
	__u32 reading;
};

static __always_inline int call_is_read(__u32 reading)
{
	return (reading & (CALL_STATES - 1)) >= OK;
}

static long call_step(__u32 step, struct call_run *run)
{
	__u8 chunk[CALL_CHUNK];
	__u32 length = run->left, reading = run->reading;

	(void)step;
	if (length == 0)
		return 1;
	if (length >= CALL_CHUNK)
		length = CALL_CHUNK;
	else
		/* 1 to 31 as it is, in a form that shows older verifiers that it is not 0. */
		length = ((length - 1) & (CALL_CHUNK - 1)) + 1;
	if (context_load(run->ctx, run->offset, chunk, length))
		return 1;
	for (__u32 i = 0; i < CALL_CHUNK; i++) {
		if (i >= length || call_is_read(reading))
			break;
		reading = call_take(reading, chunk[i]);
	}
	run->reading = reading;
	run->offset += length;
	run->left -= length;
	return call_is_read(reading);
}

/* Reads the Call-ID of the UDP packet at hand into its call. 0, or -1 if there is none that can be used. Global, so that it is verified once. */
__noinline int call_read(struct weir_context *ctx, __u32 begin, __u32 end)
{
	struct call_run run = { .ctx = ctx, .offset = begin, .left = end - begin };
	struct weir_call *call = call_get();

	if (!call || begin >= end)
		return -1;
	__builtin_memset(call, 0, sizeof(*call));
	bpf_loop(65536 / CALL_CHUNK, call_step, &run, 0);
	if ((run.reading & (CALL_STATES - 1)) != OK)
		return -1;
	call->length = run.reading >> CALL_LENGTH_SHIFT;
	return 0;
}

#endif
