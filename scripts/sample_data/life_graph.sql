-- A few documents as the host application would have them. Only an empty table gets them.
INSERT INTO documents (path, content)
SELECT path, content
FROM (VALUES
    ('inbox/invoice-2025-10.txt', 'Invoice 123, ACME Corp, 250.00 EUR, due 2025-11-30'),
    ('inbox/invoice-2025-10 (copy).txt', 'Invoice 123, ACME Corp, 250.00 EUR, due 2025-11-30'),
    ('contracts/lease.txt', 'Lease of the office, 24 months from 2025-01-01'),
    ('scans/receipt-0007.png', NULL)
) AS sample (path, content)
WHERE NOT EXISTS (SELECT FROM documents);
