DROP TABLE interactions;
DROP TABLE document_links;
DROP TABLE signals;
