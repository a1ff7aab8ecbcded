/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The SCTP state machine of a director as a table: [what it sees][chunk type][state - WEIR_STATE_SCTP_NONE] -> the same. Twin:
 * src/lvs/sctp-state.ts.
 */
#ifndef WEIR_SCTP_STATES_H
#define WEIR_SCTP_STATES_H

#include "../abi.h"
#include "state_view.h"

/* Chunk types with an event of their own (RFC 9260 section 3.2); all others count as DATA. */
enum sctp_event {
	SCTP_EVENT_DATA = 0,
	SCTP_EVENT_INIT = 1,
	SCTP_EVENT_INIT_ACK = 2,
	SCTP_EVENT_ABORT = 6,
	SCTP_EVENT_SHUTDOWN = 7,
	SCTP_EVENT_SHUTDOWN_ACK = 8,
	SCTP_EVENT_ERROR = 9,
	SCTP_EVENT_COOKIE_ECHO = 10,
	SCTP_EVENT_COOKIE_ACK = 11,
	SCTP_EVENT_SHUTDOWN_COMPLETE = 14,
};

#define SCTP_STATE(name) (WEIR_STATE_SCTP_##name - WEIR_STATE_SCTP_NONE)
#define NO SCTP_STATE(NONE)
#define I1 SCTP_STATE(INIT1)
#define IN SCTP_STATE(INIT)
#define CS SCTP_STATE(COOKIE_SENT)
#define CR SCTP_STATE(COOKIE_REPLIED)
#define CW SCTP_STATE(COOKIE_WAIT)
#define CO SCTP_STATE(COOKIE)
#define CE SCTP_STATE(COOKIE_ECHOED)
#define ES SCTP_STATE(ESTABLISHED)
#define SS SCTP_STATE(SHUTDOWN_SENT)
#define SR SCTP_STATE(SHUTDOWN_RECEIVED)
#define SA SCTP_STATE(SHUTDOWN_ACK_SENT)
#define RJ SCTP_STATE(REJECTED)
#define CL SCTP_STATE(CLOSED)

static const __u8 sctp_next_state[3][16][16] = {
	[STATE_VIEW_INPUT] = {
		/*                                NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL */
		[SCTP_EVENT_DATA]              = { ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_INIT]              = { I1, IN, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, IN, IN },
		[SCTP_EVENT_INIT_ACK]          = { CW, CW, CW, CS, CR, CO, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_COOKIE_ECHO]       = { CR, IN, IN, CR, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_COOKIE_ACK]        = { ES, I1, IN, CS, CR, CW, CO, ES, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN]          = { SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN_ACK]      = { CL, IN, IN, CS, CR, CW, CO, CE, ES, CL, SR, CL, RJ, CL },
		[SCTP_EVENT_SHUTDOWN_COMPLETE] = { CL, CL, CL, CS, CR, CW, CO, CE, ES, SS, SR, CL, RJ, CL },
		[SCTP_EVENT_ERROR]             = { CL, I1, IN, CS, CR, CW, CO, CL, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_ABORT]             = { CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL },
	},
	[STATE_VIEW_OUTPUT] = {
		/*                                NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL */
		[SCTP_EVENT_DATA]              = { ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_INIT]              = { CW, CW, CW, CW, CW, CW, CW, CW, ES, CW, CW, CW, CW, CW },
		[SCTP_EVENT_INIT_ACK]          = { CS, CS, CS, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_COOKIE_ECHO]       = { CE, CE, CE, CE, CE, CE, CE, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_COOKIE_ACK]        = { ES, ES, ES, ES, ES, ES, ES, ES, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN]          = { SS, SS, SS, SS, SS, SS, SS, SS, SS, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN_ACK]      = { SA, SA, SA, SA, SA, CW, CO, CE, ES, SA, SA, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN_COMPLETE] = { CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_ERROR]             = { CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_ABORT]             = { CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL },
	},
	[STATE_VIEW_INPUT_ONLY] = {
		/*                                NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL */
		[SCTP_EVENT_DATA]              = { ES, I1, IN, CS, CR, ES, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_INIT]              = { I1, IN, IN, IN, IN, IN, CO, CE, ES, SS, SR, SA, IN, IN },
		[SCTP_EVENT_INIT_ACK]          = { CE, CE, CE, CE, CE, CE, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_COOKIE_ECHO]       = { ES, ES, ES, ES, ES, ES, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_COOKIE_ACK]        = { ES, I1, IN, ES, ES, CW, ES, ES, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN]          = { SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_SHUTDOWN_ACK]      = { CL, IN, IN, CS, CR, CW, CO, CE, CL, CL, SR, CL, RJ, CL },
		[SCTP_EVENT_SHUTDOWN_COMPLETE] = { CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, CL, CL, RJ, CL },
		[SCTP_EVENT_ERROR]             = { CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
		[SCTP_EVENT_ABORT]             = { CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL },
	},
};

#undef NO
#undef I1
#undef IN
#undef CS
#undef CR
#undef CW
#undef CO
#undef CE
#undef ES
#undef SS
#undef SR
#undef SA
#undef RJ
#undef CL

static __always_inline __u32 sctp_event(__u8 chunk)
{
	const __u32 known = 1 << SCTP_EVENT_INIT | 1 << SCTP_EVENT_INIT_ACK | 1 << SCTP_EVENT_ABORT | 1 << SCTP_EVENT_SHUTDOWN |
			    1 << SCTP_EVENT_SHUTDOWN_ACK | 1 << SCTP_EVENT_ERROR | 1 << SCTP_EVENT_COOKIE_ECHO |
			    1 << SCTP_EVENT_COOKIE_ACK | 1 << SCTP_EVENT_SHUTDOWN_COMPLETE;

	return chunk < 16 && (known >> chunk & 1) ? chunk : SCTP_EVENT_DATA;
}

static __always_inline __u32 sctp_transition(__u32 view, __u32 event, __u32 state)
{
	__u32 old = state - WEIR_STATE_SCTP_NONE;

	if (view > STATE_VIEW_INPUT_ONLY || event > 15 || old > 13)
		return state;
	/* The index itself must show its bounds, as that of tcp_states.h. */
	asm volatile("%[event] &= 15" : [event] "+r"(event));
	asm volatile("%[old] &= 15" : [old] "+r"(old));
	return WEIR_STATE_SCTP_NONE + sctp_next_state[view][event][old];
}

#endif
