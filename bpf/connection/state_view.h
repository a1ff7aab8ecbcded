/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef WEIR_STATE_VIEW_H
#define WEIR_STATE_VIEW_H

/* What a director sees of a connection: it is no endpoint, and follows what passes by. */
enum state_view {
	STATE_VIEW_INPUT = 0,      /* from the client, replies pass here too */
	STATE_VIEW_OUTPUT = 1,     /* from the real server */
	STATE_VIEW_INPUT_ONLY = 2, /* from the client, replies take another way (direct routing, tunnelling) */
};

#endif
