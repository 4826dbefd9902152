// Command products is the Lambda function behind the API's routes: the product
// service over a DynamoDB table. The environment variable TABLE_NAME names the
// table; region and credentials come from Lambda. It logs JSON to standard error.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"iam-secured-api/internal/products"
)

// tableVariable is the environment variable that names the table.
const tableVariable = "TABLE_NAME"

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	handler, err := newHandler(context.Background(), log)
	if err != nil {
		log.Error("cannot start", "error", err.Error())
		os.Exit(1)
	}
	lambda.Start(handler.Handle)
}

func newHandler(ctx context.Context, log *slog.Logger) (*products.Handler, error) {
	table := os.Getenv(tableVariable)
	if table == "" {
		return nil, errors.New(tableVariable + " is not set: it must be the name of the products' DynamoDB table")
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	return products.NewHandler(products.NewDynamoDB(dynamodb.NewFromConfig(cfg), table), log), nil
}
