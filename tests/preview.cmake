# What the tests of dry-run need beside their room: servers of their own.
target_link_libraries(postgres_cli PRIVATE fault_servers)
