/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whether a real server answers datagrams: taken down with the first of a connection in each direction. The twin is src/lvs/signals.ts. */
#ifndef WEIR_SIGNALS_DATAGRAM_H
#define WEIR_SIGNALS_DATAGRAM_H

#include "../maps.h"

/* The client's first datagram. What a real server has begun is no request. */
static __always_inline void datagram_asks(const struct weir_connection *request)
{
	__u32 index = request->destination;
	struct weir_signals *found;

	if (EXPLAINS || (request->flags & (WEIR_CONNECTION_ANSWERED | WEIR_CONNECTION_ONE_PACKET)))
		return;
	found = bpf_map_lookup_elem(&signals, &index);
	if (found)
		__sync_fetch_and_add(&found->requests, 1);
}

/* A datagram of the real server: the first one counts. */
static __always_inline void datagram_answers(struct weir_connection *reply)
{
	__u32 index = reply->destination;
	struct weir_signals *found;

	if (EXPLAINS || (reply->flags & (WEIR_CONNECTION_ANSWERED | WEIR_CONNECTION_ONE_PACKET)))
		return;
	reply->flags |= WEIR_CONNECTION_ANSWERED;
	found = bpf_map_lookup_elem(&signals, &index);
	if (found)
		__sync_fetch_and_add(&found->replied, 1);
}

#endif
