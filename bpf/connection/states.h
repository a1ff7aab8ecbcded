/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a packet does to the state of its connection. Twin: src/lvs/transition.ts. */
#ifndef WEIR_STATES_H
#define WEIR_STATES_H

#include "../parse/parse.h"

/* The only value of secure_tcp, drop_entry and drop_packet that does not depend on free memory. */
#define WEIR_ALWAYS 3

/* ActiveConn counts these, InActConn all others (UDP among them). */
static __always_inline int state_is_active(__u32 state)
{
	return state == WEIR_STATE_ESTABLISHED || state == WEIR_STATE_SYN_SENT || state == WEIR_STATE_SYN_RECV ||
	       state == WEIR_STATE_SYNACK || state == WEIR_STATE_SCTP_ESTABLISHED;
}

static __always_inline int state_is_established(__u32 state)
{
	return state == WEIR_STATE_ESTABLISHED || state == WEIR_STATE_SCTP_ESTABLISHED;
}

/* The common packets, an ACK or DATA of an established connection and any datagram: none of them changes a state. */
static __always_inline int state_rests(__u8 protocol, __u32 event, __u32 state)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return (event == TCP_EVENT_ACK && state == WEIR_STATE_ESTABLISHED) || event == EVENT_UNKNOWN;
	case IPPROTO_SCTP:
		return (event == SCTP_EVENT_DATA && state == WEIR_STATE_SCTP_ESTABLISHED) || event == EVENT_UNKNOWN;
	default:
		return 1;
	}
}

static __always_inline __u32 state_after(const struct weir_settings *settings, __u8 protocol, __u32 event, __u32 view, __u32 state)
{
	if (event == EVENT_UNKNOWN)
		return state;
	if (protocol == IPPROTO_TCP)
		return tcp_transition(settings->secure_tcp == WEIR_ALWAYS, view, event, state);
	return protocol == IPPROTO_SCTP ? sctp_transition(view, event, state) : state;
}

/* A packet that opens a connection whatever is known: SYN with whatever other flags, INIT. */
static __always_inline int packet_is_first(const struct packet *packet)
{
	if (packet->flow.protocol == IPPROTO_TCP)
		return packet->tcp_flags & TCP_FLAG_SYN_BIT;
	return packet->flow.protocol == IPPROTO_SCTP && packet->first_chunk == SCTP_EVENT_INIT;
}

/* May a packet of no connection start one: SYN without RST, INIT, any datagram; if sloppy anything but RST and ABORT. */
static __always_inline int packet_may_start(const struct weir_settings *settings, const struct packet *packet)
{
	switch (packet->flow.protocol) {
	case IPPROTO_TCP:
		return packet->event != TCP_EVENT_RST && (settings->sloppy_tcp || packet->event == TCP_EVENT_SYN);
	case IPPROTO_SCTP:
		return packet->first_chunk == SCTP_EVENT_INIT ||
		       (settings->sloppy_sctp && packet->first_chunk != SCTP_EVENT_ABORT && packet->first_chunk != EVENT_UNKNOWN);
	default:
		return 1;
	}
}

#endif
