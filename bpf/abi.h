/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the forwarding programs and user space share. The TypeScript codec (src/kernel/abi.generated.ts) is generated from the BTF of
 * the compiled objects, so this file and its parts are the only place where a structure or an enumeration is written down.
 *
 * Byte order: __be16 and __be32 fields are in network order, everything else is the host's.
 * Time: a tick is 2^20 ns (1.048576 ms) of the kernel's coarse monotonic clock plus `weir_settings.clock_ahead`; ticks wrap
 * after 52 days, and one that is ahead of the present by no more than the slack counts as the present.
 */
#ifndef WEIR_ABI_H
#define WEIR_ABI_H

#include <linux/types.h>
#include "abi/connection.h"
#include "abi/event.h"
#include "abi/explanation.h"
#include "abi/program.h"
#include "abi/reason.h"
#include "abi/service.h"
#include "abi/settings.h"
#include "abi/signals.h"
#include "abi/size.h"
#include "abi/state.h"
#include "abi/task.h"

/* Part of the path of the pins: programs and daemons of different versions never meet at one table. */
enum weir_abi {
	WEIR_ABI_VERSION = 13,
};

#define WEIR_TICK_SHIFT 20
/* Ticks by which clocks read at different places may differ: a good minute. */
#define WEIR_CLOCK_SLACK 65536u

#endif
