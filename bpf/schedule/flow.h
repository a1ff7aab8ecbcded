/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a scheduler may look at in a packet, whatever its family. */
#ifndef WEIR_SCHEDULE_FLOW_H
#define WEIR_SCHEDULE_FLOW_H

#include "../abi.h"

struct schedule_flow {
	__be32 source[4]; /* IPv4 in the first word, the rest zero */
	__be32 target[4];
	__be16 source_port;
	__be16 target_port;
	__u8 protocol;
	__u8 family;      /* AF_INET, AF_INET6 */
	__u8 zero[2];
};

#endif
