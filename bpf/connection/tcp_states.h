/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The TCP state machine of a director as tables: [secure_tcp][what it sees][event][state] -> state. Behaviour as recorded from kernel
 * IPVS. Twin: src/lvs/tcp-state.ts.
 */
#ifndef WEIR_TCP_STATES_H
#define WEIR_TCP_STATES_H

#include "../abi.h"
#include "state_view.h"

#define TCP_FLAG_FIN_BIT 0x01
#define TCP_FLAG_SYN_BIT 0x02
#define TCP_FLAG_RST_BIT 0x04
#define TCP_FLAG_ACK_BIT 0x10

enum tcp_event { TCP_EVENT_SYN = 0, TCP_EVENT_FIN = 1, TCP_EVENT_ACK = 2, TCP_EVENT_RST = 3, TCP_EVENT_NONE = 4 };

#define NO WEIR_STATE_NONE
#define ES WEIR_STATE_ESTABLISHED
#define SS WEIR_STATE_SYN_SENT
#define SR WEIR_STATE_SYN_RECV
#define FW WEIR_STATE_FIN_WAIT
#define TW WEIR_STATE_TIME_WAIT
#define CL WEIR_STATE_CLOSE
#define CW WEIR_STATE_CLOSE_WAIT
#define LA WEIR_STATE_LAST_ACK
#define LI WEIR_STATE_LISTEN
#define SA WEIR_STATE_SYNACK

static const __u8 tcp_next_state[2][3][4][16] = {
	{
		[STATE_VIEW_INPUT] = {
			/*                   NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA */
			[TCP_EVENT_SYN] = {  SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR },
			[TCP_EVENT_FIN] = {  CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW },
			[TCP_EVENT_ACK] = {  ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES },
			[TCP_EVENT_RST] = {  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, SR },
		},
		[STATE_VIEW_OUTPUT] = {
			[TCP_EVENT_SYN] = {  SS, ES, SS, SR, SS, SS, SS, SS, SS, LI, SR },
			[TCP_EVENT_FIN] = {  TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW },
			[TCP_EVENT_ACK] = {  ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES },
			[TCP_EVENT_RST] = {  CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL },
		},
		[STATE_VIEW_INPUT_ONLY] = {
			[TCP_EVENT_SYN] = {  SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR },
			[TCP_EVENT_FIN] = {  CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW },
			[TCP_EVENT_ACK] = {  ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES },
			[TCP_EVENT_RST] = {  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
		},
	},
	/* secure_tcp: a connection is established only by a further packet of the server (recorded: conn/nat-tcp-secure-tcp). */
	{
		[STATE_VIEW_INPUT] = {
			/*                   NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA */
			[TCP_EVENT_SYN] = {  SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SA },
			[TCP_EVENT_FIN] = {  CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, SA },
			[TCP_EVENT_ACK] = {  ES, ES, SS, SR, FW, TW, CL, CW, CL, LI, SA },
			[TCP_EVENT_RST] = {  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
		},
		[STATE_VIEW_OUTPUT] = {
			[TCP_EVENT_SYN] = {  SS, ES, SS, SA, SS, SS, SS, SS, SS, LI, SA },
			[TCP_EVENT_FIN] = {  TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW },
			[TCP_EVENT_ACK] = {  ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES },
			[TCP_EVENT_RST] = {  CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL },
		},
		[STATE_VIEW_INPUT_ONLY] = {
			[TCP_EVENT_SYN] = {  SA, ES, ES, SR, SA, SA, SA, SA, SA, SA, SA },
			[TCP_EVENT_FIN] = {  CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW },
			[TCP_EVENT_ACK] = {  ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES },
			[TCP_EVENT_RST] = {  CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
		},
	},
};

#undef NO
#undef ES
#undef SS
#undef SR
#undef FW
#undef TW
#undef CL
#undef CW
#undef LA
#undef LI
#undef SA

/* Several flags at once count as the first of RST, SYN, FIN, ACK. Most packets have the last alone. */
static __always_inline __u32 tcp_event(__u8 flags)
{
	if ((flags & (TCP_FLAG_RST_BIT | TCP_FLAG_SYN_BIT | TCP_FLAG_FIN_BIT | TCP_FLAG_ACK_BIT)) == TCP_FLAG_ACK_BIT)
		return TCP_EVENT_ACK;
	if (flags & TCP_FLAG_RST_BIT)
		return TCP_EVENT_RST;
	if (flags & TCP_FLAG_SYN_BIT)
		return TCP_EVENT_SYN;
	if (flags & TCP_FLAG_FIN_BIT)
		return TCP_EVENT_FIN;
	return TCP_EVENT_NONE;
}

/* A segment with none of the four flags closes the connection. */
static __always_inline __u32 tcp_transition(__u32 secure, __u32 view, __u32 event, __u32 state)
{
	if (secure > 1 || view > 2 || event > TCP_EVENT_RST || state > WEIR_STATE_SYNACK)
		return WEIR_STATE_CLOSE;
	/* Linux 6.1 does not know what a check says of a value that has been put aside: the index itself must show its bounds. */
	asm volatile("%[event] &= 3" : [event] "+r"(event));
	asm volatile("%[state] &= 15" : [state] "+r"(state));
	return tcp_next_state[secure][view][event][state];
}

#endif
