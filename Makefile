.DEFAULT_GOAL := help
.PHONY: help run test test-faults test-hostile test-contract test-shells bench bench-full check prose generate packages clean

BIN := .venv/bin
CODE := layers/carillon/carillon functions contract cli demo deploy devstack benchmarks docs/recipes clients/python/src tests
MAX_LINES := 250

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: ## Start Carillon on this machine; origins=http://localhost:1234 allows a page of your own. Ctrl-C stops it
	@bin/setup
	@exec $(BIN)/python -m devstack up --with-parent $(if $(origins),--origins '$(origins)')

test: ## Run all tests: the bell's and the TypeScript client's, then unit and integration in parallel, then end to end
	@bin/setup --checks
	npm --prefix web run --silent test
	npm --prefix clients/typescript run --silent test
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal --durations 10 tests/unit tests/integration
	$(BIN)/pytest --durations 10 tests/e2e

test-faults: ## Run storms: 10,000 deliveries while processes are killed and queue, provider and database fail
	@bin/setup
	$(BIN)/python -m tests.faults

test-hostile: ## Send 10,000 hostile requests to the API's functions: sizes, encodings, ids, tokens, links, headers
	@bin/setup
	$(BIN)/python -m tests.hostile

test-contract: ## Send what the OpenAPI document promises and forbids: 10,000 requests, with all checks of schemathesis
	@bin/setup
	$(BIN)/python -m tests.conformity

test-shells: ## Synthesise the CDK and Terraform shells and compare them with the template; CDK takes 260 MB
	@bin/setup --checks
	@cmp -s requirements/cdk.txt .venv-cdk/installed-from || { $(BIN)/python -m venv --clear .venv-cdk && \
		$(BIN)/uv pip install --quiet --no-config --python .venv-cdk --require-hashes -r requirements/cdk.txt && \
		cp requirements/cdk.txt .venv-cdk/installed-from; }
	$(BIN)/pytest -rs tests/unit/deploy/test_cdk.py tests/unit/deploy/test_terraform.py

bench: ## Measure against the usual ways, for 15 minutes; only=create measures one section (docs/benchmarks.md)
	@bin/setup
	$(BIN)/python -m benchmarks $(only) $(if $(publish),--publish)

bench-full: ## Measure also the feed with 10 million rows
	@bin/setup
	$(BIN)/python -m benchmarks $(only) --full $(if $(publish),--publish)

check: ## Check style, types, imports between rooms, the template, prose, and the size of modules
	@bin/setup --checks
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	bin/template --check
	$(BIN)/python bin/shells --check
	AWS_DEFAULT_REGION=eu-central-1 SAM_CLI_TELEMETRY=0 .venv-tools/bin/sam validate --lint
	.venv-tools/bin/cfn-lint deploy/role.yaml --regions eu-central-1 us-east-1
	.venv-checks/bin/zizmor --quiet --offline .github/workflows deploy/github
	npm --prefix web run --silent check
	npm --prefix clients/typescript run --silent check
	$(BIN)/python bin/prose
	@{ find $(CODE) -name '*.py' ! -name '_answers.py'; find web/src web/tests web/dev web/scripts clients/typescript/src clients/typescript/tests -type f ! -name '*.gen.ts'; } | xargs wc -l | awk '$$2 != "total" && $$1 > $(MAX_LINES) \
		{ print $$2 ": " $$1 " lines; a module has at most $(MAX_LINES)"; bad = 1 } END { exit bad }'

prose: ## Check the words and sentences of Markdown, docstrings and comments
	@bin/setup
	$(BIN)/python bin/prose

generate: ## Write the generated files again: template.yaml, openapi.json, and those of the bell and of the clients
	@bin/setup
	bin/template
	$(BIN)/python bin/shells
	$(BIN)/python -m functions.openapi
	$(BIN)/python bin/vocabularies
	$(BIN)/python bin/clients
	npm --prefix clients/typescript run --silent types

packages: ## Build the wheel of the command and the packages of the clients and of the bell into dist/
	@bin/setup
	rm -rf dist
	bin/packages dist

clean: ## Delete everything that run and test created, the local database too
	@if [ -s .local/devstack.lock ]; then bin/setup && $(BIN)/python -m devstack stop --leftovers; fi
	rm -rf dist clients/typescript/dist clients/typescript/node_modules web/node_modules docs/recipes/express/node_modules demo/docs/node_modules web/dist .local .aws-sam .venv .venv-tools .venv-checks .venv-bench .venv-cdk benchmarks/usual/node_modules .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
