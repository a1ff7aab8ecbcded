/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#define WEIR_XDP
#define WEIR_FAMILY 6
#include <stddef.h>
#include "director.h"
#include "forward/carry_full_nat.h"
#include "forward/source.h"
#include "start.h"

SEC("xdp")
int weir_xdp6(struct xdp_md *ctx)
{
	return direct(ctx, 0);
}

SEC("xdp")
int weir_xdp6_new(struct xdp_md *ctx)
{
	return start(ctx);
}

SEC("xdp")
int weir_xdp6_seal(struct xdp_md *ctx)
{
	return seal(ctx);
}

SEC("xdp")
int weir_xdp6_source(struct xdp_md *ctx)
{
	return start_full_nat(ctx);
}

SEC("xdp")
int weir_xdp6_full_nat(struct xdp_md *ctx)
{
	return carry_full_nat(ctx);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
