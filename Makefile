# Every routine command. `make` alone prints this list.
python := .venv/bin/python
# What the tests need from the machine beside Python: a broker, a browser and the library that its driver is linked to,
# an SMS gateway that is not ours, and a dissector of SMPP.
test_programs := rabbitmq-server chromium libatomic1 kannel tshark

.DEFAULT_GOAL := help
.PHONY: help run up test test-unit test-long lint format bench bench-peers bench-money clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: ## start everything in one process and print what to open; Ctrl-C stops it
	@tools/bootstrap
	@$(python) -m golub assets
	@exec $(python) -m golub up

up: ## start one process per service, with RabbitMQ and PostgreSQL
	@tools/bootstrap
	@tools/need rabbitmq-server
	@$(python) -m golub assets
	@exec $(python) -m golub up --distributed

test: ## run every test but the long ones
	@tools/bootstrap dev
	@tools/need $(test_programs)
	@$(python) -m golub assets
	$(python) tools/halves.py -m "not long"

test-unit: ## run the tests that need no server, in seconds
	@tools/bootstrap dev
	$(python) -m pytest $(wildcard tests/unit tests/contract tests/architecture) -m "not long"

test-long: ## run the long tests: chaos over minutes, big volumes
	@tools/bootstrap dev
	@tools/need $(test_programs)
	@$(python) -m golub assets
	$(python) -m pytest tests -m long

lint: ## check style, format, types and the direction of imports
	@tools/bootstrap dev
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy
	$(python) .venv/bin/lint-imports

format: ## put imports in order and format the code
	@tools/bootstrap dev
	$(python) -m ruff check --fix-only --select I .
	$(python) -m ruff format .

bench: ## measure the distributed shape in 15 minutes; ONLY=end_to_end,pace MESSAGES=60000 PROFILE=1
	@tools/bootstrap
	@tools/need rabbitmq-server
	@$(python) -m golub assets
	@exec $(python) -m golub bench $(if $(ONLY),--only $(ONLY)) $(if $(MESSAGES),--messages $(MESSAGES)) \
		$(if $(PROFILE),--profile)

bench-peers: ## measure Kannel and Jasmin beside the platform, against one simulator; MESSAGES=10000
	@tools/bootstrap
	@tools/need rabbitmq-server kannel redis-server
	@$(python) -m golub assets
	@exec $(python) -m golub bench-peers $(if $(MESSAGES),--messages $(MESSAGES))

bench-money: ## measure billing and tariffs alone; ROWS=10000000 for a larger ledger
	@tools/bootstrap
	@exec $(python) -m golub bench-money $(if $(ROWS),--rows $(ROWS))

clean: ## delete what can be made again; the data under var/ stays
	rm -rf .venv node_modules build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
