/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The finished packet leaves: in one, or handed over to the program that cuts it into fragments (fragment/cut.h). */
#ifndef WEIR_SEND_H
#define WEIR_SEND_H

#include "../fragment/pieces.h"
#include "../handover.h"
#include "../route/hop.h"

static __always_inline int send_out(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
				    const struct hop *hop)
{
#if defined(WEIR_TC)
	if ((hop->cut || packet->pieces) && send_in_pieces(ctx, packet, hop))
		return refuse(ctx, WEIR_REASON_INTERNAL);
#else
	(void)packet;
#endif
	return hop_send(ctx, settings, hop);
}

#endif
