/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_XDP
#include <stddef.h>
#include "director.h"

SEC("xdp")
int weir_xdp(struct xdp_md *ctx)
{
	return direct(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
