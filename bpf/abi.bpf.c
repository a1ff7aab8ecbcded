/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* No program: an object whose BTF describes everything of abi.h, for the generator of the TypeScript codec. */
#include "abi.h"

struct weir_flow abi_flow;
struct weir_connection abi_connection;
struct weir_service_key abi_service_key;
struct weir_service abi_service;
struct weir_cursor abi_cursor;
struct weir_destination abi_destination;
struct weir_load abi_load;
struct weir_counters abi_counters;
struct weir_settings abi_settings;
struct weir_interface abi_interface;
struct weir_sweep abi_sweep;
struct weir_mend abi_mend;
enum weir_abi abi_version;
enum weir_reason abi_reason;
enum weir_state abi_state;
enum weir_scheduler abi_scheduler;
enum weir_method abi_method;
enum weir_role abi_role;
enum weir_destination_flag abi_destination_flag;
