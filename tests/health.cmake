# What the tests of health checks need beside their room: servers of their own, and the forms of a report.
target_link_libraries(unit_health PRIVATE report)
target_link_libraries(postgres_health PRIVATE fault_servers)
